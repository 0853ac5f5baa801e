/** A path template such as `/queue/{queue}/consume/{consumer}`, made ready for routing. */
export interface RouteTemplate {
  readonly path: string;
  /** As Hono's router takes it; parameters have no names there, they are read from the raw path. */
  readonly pattern: string;
  /** The parameters in the order of the path. */
  readonly parameters: readonly RouteParameter[];
}

interface RouteParameter {
  readonly name: string;
  /** Its place among the segments of the path. */
  readonly segment: number;
  /** Takes everything that follows, slashes included. */
  readonly greedy: boolean;
}

const PARAMETER = /^\{(\w+)\}$/;

/** Reads a template; `isGreedy` says of a parameter at its end whether its names may hold slashes. */
export function routeTemplate(path: string, isGreedy: (name: string) => boolean): RouteTemplate {
  const segments = path.split("/").slice(1);
  const parameters: RouteParameter[] = [];
  const pattern = segments.map((text, segment) => {
    const name = PARAMETER.exec(text)?.[1];
    if (name === undefined) return text;
    const greedy = segment === segments.length - 1 && isGreedy(name);
    parameters.push({ name, segment, greedy });
    return greedy ? "*" : `:${name}`;
  });
  return { path, pattern: `/${pattern.join("/")}`, parameters };
}

/**
 * The raw parameters of a path that matched. One at the end of a path that stops before it is left
 * out: `/kv/get` has no key, `/kv/get/` has an empty one.
 */
export function rawParameters(
  template: RouteTemplate,
  path: string,
): [name: string, raw: string][] {
  const found: [string, string][] = [];
  let at = 0; // where the segment begins, behind its slash
  let segment = -1;
  for (const { name, segment: wanted, greedy } of template.parameters) {
    for (; segment < wanted; segment++) {
      const slash = path.indexOf("/", at);
      if (slash === -1) return found;
      at = slash + 1;
    }
    const end = greedy ? -1 : path.indexOf("/", at);
    found.push([name, end === -1 ? path.slice(at) : path.slice(at, end)]);
  }
  return found;
}

/** Whether a raw path is one of a template's: the same segments, and none of its parameters empty. */
export function matchesTemplate(
  { path: template, parameters }: RouteTemplate,
  path: string,
): boolean {
  const wanted = template.split("/");
  const segments = path.split("/");
  if (segments.length !== wanted.length) return false;
  const open = new Set(parameters.map(({ segment }) => segment + 1)); // behind the first slash
  return segments.every((text, i) => (open.has(i) ? text !== "" : text === wanted[i]));
}
