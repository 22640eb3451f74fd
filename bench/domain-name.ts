/** Recipient domain of the bench, counted from 0. */
export function domainName(index: number, zone = 'bench.test'): string {
  return `d${index}.${zone}`;
}
