/** Whether `text` is a host name in letters, digits and hyphens (RFC 1123 §2.1), without a trailing dot. */
export function isHostName(text: string): boolean {
  const labels = text.split('.');
  // A last label of digits alone would be a broken IPv4 address.
  return text.length <= 253 && labels.every(isLabel) && !/^\d+$/.test(labels.at(-1) ?? '');
}

function isLabel(label: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label);
}
