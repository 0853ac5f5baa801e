import { isSynapError } from "@hivellm/synap-protocol";
import { Command, InvalidArgumentError, Option } from "commander";
import { type EngineSetting, engineSettings } from "./engine-settings.ts";
import { readMemory, readOneOf, readOrigin, readPort } from "./option-readers.ts";
import { EVICTION_POLICIES, LOG_LEVELS, type ServerOptions } from "./options.ts";
import { VERSION } from "./version.ts";

const ENVIRONMENT = `
Environment, for options that are not given:
  SYNAP_PORT or PORT, SYNAP_HOST, SYNAP_INSECURE, SYNAP_MAX_MEMORY, SYNAP_EVICTION_POLICY,
  SYNAP_ORIGINS, SYNAP_ALLOW_HOSTS, SYNAP_LOG_LEVEL, and for the others
${engineSettings.map(({ variable }) => `  ${variable}`).join("\n")}`;

const NO_DATA =
  "--data is not there yet: this version keeps everything in memory and writes nothing to disk.";

interface Given {
  readonly port?: number;
  readonly host?: string;
  readonly insecure?: boolean;
  readonly maxMemory?: number | null;
  readonly evictionPolicy?: ServerOptions["evictionPolicy"];
  readonly logLevel?: ServerOptions["logLevel"];
  readonly origin?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly data?: string | true;
}

/**
 * What the command line says. Prints and exits for `--help`, `--version` and what cannot be read,
 * as commander does; the exit code of the latter is 1.
 */
export function readCommandLine(argv: readonly string[], program = new Command()): ServerOptions {
  program
    .name("synap-server")
    .description(
      "Synap: a key-value store, queues, event rooms and pub/sub over HTTP and WebSocket on one port.",
    )
    .version(VERSION)
    .option(
      "--port <port>",
      "TCP port; 0 takes a free one (default: 15500)",
      reading(readPort, "--port"),
    )
    .option("--host <host>", "name or address to listen on (default: 127.0.0.1 and ::1)")
    .option(
      "--insecure",
      "listen where others can reach the server, although it has no authentication",
    )
    .option(
      "--max-memory <bytes>",
      "bound for all that is kept, such as 256mb, or none (default: 60 % of what is there)",
      reading(readMemory, "--max-memory"),
    )
    .option(
      "--eviction-policy <policy>",
      `what happens when it is reached: ${EVICTION_POLICIES.join(", ")} (default: noeviction)`,
      reading((text, name) => readOneOf(text, EVICTION_POLICIES, name), "--eviction-policy"),
    )
    .option(
      "--log-level <level>",
      `${LOG_LEVELS.join(", ")} (default: info)`,
      reading((text, name) => readOneOf(text, LOG_LEVELS, name), "--log-level"),
    )
    .option(
      "--origin <origin...>",
      "origins of pages that may use the server, beside those of this machine",
      gathering(readOrigin, "--origin"),
    )
    .option(
      "--allow-host <name...>",
      "names that the server is called by, beside localhost and --host",
      gathering((text) => text, "--allow-host"),
    )
    .addOption(new Option("--data [directory]").hideHelp())
    .allowExcessArguments(false)
    .addHelpText("after", ENVIRONMENT);
  const settings = engineSettings.map((setting) => ({ setting, option: optionOf(setting) }));
  for (const { option } of settings) program.addOption(option);
  program.parse(argv, { from: "user" });
  const given: Given = program.opts();
  const opts: Readonly<Record<string, unknown>> = program.opts();
  if (given.data !== undefined) program.error(`error: ${NO_DATA}`);
  return {
    port: given.port,
    host: given.host,
    insecure: given.insecure,
    maxMemoryBytes: orNull(given.maxMemory),
    evictionPolicy: given.evictionPolicy,
    ...Object.fromEntries(
      settings.map(({ setting, option }) => [setting.option, orNull(opts[option.attributeName()])]),
    ),
    logLevel: given.logLevel,
    origins: given.origin,
    allowedHosts: given.allowHost,
  };
}

function optionOf({ flag, help, read }: EngineSetting): Option {
  const [name = flag] = flag.split(" ");
  return new Option(flag, help).argParser(reading(read, name));
}

/** Commander makes an empty text of the null that a reader returns for `none`. */
function orNull<T>(value: T): T | null {
  return value === "" ? null : value;
}

type Reader<T> = (text: string, name: string) => T;

/** A reader of settings as commander wants it. */
function reading<T>(read: Reader<T>, name: string): (text: string) => T {
  return (text) => {
    try {
      return read(text, name);
    } catch (error) {
      throw new InvalidArgumentError(isSynapError(error) ? error.message : String(error));
    }
  };
}

function gathering<T>(read: Reader<T>, name: string): (text: string, before?: T[]) => T[] {
  const one = reading(read, name);
  return (text, before = []) => [...before, one(text)];
}
