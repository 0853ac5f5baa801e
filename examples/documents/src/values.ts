/** Texts that a careless server or client would not give back as they were. */
export const AWKWARD_TEXTS: Readonly<Record<string, string>> = {
  quotes: `"double", 'single' and "nested \\"quotes\\""`,
  unicode: "grüße, 日本語, עברית, 💚, e\u0301",
  newlines: "one\ntwo\r\nthree\ttabbed\n",
  "JSON in a string": '{"a":["b",null,"c"]}',
  backslashes: "C:\\new\\table \\u0041",
  "the word null": "null",
  "one megabyte": "0123456789".repeat(100_000),
};
