/** The element with an id, which must be of this kind. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`);
  return found;
}

/**
 * A new element that shows a text. Text, never HTML: a name such as `<img src=x onerror=…>` is shown
 * as it is written, where `innerHTML` would run it.
 */
export function show<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  className: string,
  text = "",
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** What a person typed into a form's field, which is empty from here on; "" if nothing. */
export function take(input: HTMLInputElement): string {
  const text = input.value.trim();
  input.value = "";
  return text;
}
