/**
 * The order of keys: that of their UTF-8 bytes, which is the order of their code points. JavaScript
 * compares UTF-16 units, where surrogates sort before U+E000 to U+FFFF; lifting those units above
 * the others gives code point order (RFC 2781, section 2.1 explains the encoding).
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
