/**
 * A vitest include pattern as a regular expression over relative paths. Knows what our configs use:
 * `**` for any folders, `*` within a name, `{a,b}` for either.
 */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|\*|[{},]|[^\w/]/g, (part) => {
    switch (part) {
      case "**/":
        return "(?:[^/]+/)*";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "{":
        return "(?:";
      case ",":
        return "|";
      case "}":
        return ")";
      default:
        return `\\${part}`;
    }
  });
  return new RegExp(`^${source}$`);
}
