/**
 * The command definitions, their compiled validators and what is made from them. For servers and
 * engines: compiling validators needs `new Function`, which some edge runtimes forbid.
 *
 * @packageDocumentation
 */
export type { Access, CommandDefinition, HttpBinding, MessageDefinition } from "./define.ts";
export { errorDocs } from "./error-docs.ts";
export { messageDefinitions } from "./messages.ts";
export { openApiDocument } from "./openapi.ts";
export {
  type AnswerOf,
  type CommandName,
  commands,
  findCommand,
  type RequestOf,
} from "./registry.ts";
export { noticeValidators, payloadValidators, type Validator } from "./validate.ts";
export { wireSource } from "./wire-source.ts";
