/** A full name as RFC 5322 §3.4 wants a display name; other alphabets as RFC 2047 does. */
export function displayName(name: string): string {
  const text = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, longestName);
  if (/^[\w!#$%&'*+/=?^`{|}~ -]*$/.test(text)) return text;
  if (/^[ -~]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return encodedWords(text);
}

const longestName = 200;
/** So much of UTF-8 fits into an encoded word of 75 characters (RFC 2047 §2). */
const wordBytes = 45;

function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > wordBytes) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join(' ');
}
