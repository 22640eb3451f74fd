/**
 * Each row has a part of the DNS of its own: `mx.example.test` of the row `ee-01` is `mx.example.ee-01.test` in the
 * lab, in zones and in certificates. Names that do not end in `test` (`*`, an authority) stay, and so does `*.test`:
 * one label more would be a wildcard for the next hop.
 */
export function renameFor(id: string): (text: string) => string {
  return (text) => text.replaceAll(/(?<!^\*)\.test(?![a-z0-9-])/gi, `.${id}.test`);
}

/** `mx.example.test` is in `example.test`: what is signed there is signed as a whole. */
export function organisationOf(name: string): string {
  return name.split('.').slice(-2).join('.');
}
