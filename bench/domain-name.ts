/** Recipient domain of the bench, counted from 0. */
export function domainName(index: number): string {
  return `d${index}.bench.test`;
}
