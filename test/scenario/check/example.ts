/**
 * Output of `check` in a lab, as docs/check.md has it: with addresses and the port of the Internet, and words in place of
 * what is different each time.
 */
export function asInDocs(lines: readonly string[], port: number): string {
  return lines
    .map((line) =>
      line
        .replaceAll(/resolver [\d.]+:\d+/g, 'resolver 127.0.0.1:53')
        .replaceAll(/\[127\.\d+\.\d+\.\d+\]/g, '[192.0.2.25]')
        .replaceAll(/ IN A 127\.\d+\.\d+\.\d+/g, ' IN A 192.0.2.25')
        .replaceAll(`_${port}._tcp`, '_25._tcp')
        .replaceAll(`:${port}`, ':25')
        // Node.js 24 and later agree on a hybrid one.
        .replaceAll('key-exchange X25519MLKEM768', 'key-exchange X25519')
        // From the cache of the resolver it comes without its reason.
        .replace(/\(DNSSEC Bogus \(.*\)\)$/, '(DNSSEC Bogus)')
        .replaceAll(/\b(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\b/g, 'HEX')
        .replaceAll(/\b[0-9a-fA-F]{64}\b/g, 'HEX')
        .replaceAll(/\b20\d\d-\d\d-\d\d\b/g, 'DATE')
        .replaceAll(/\(\d+ days\)/g, '(29 days)')
        .replaceAll(/certificate \d+ days/g, 'certificate 29 days')
        .replaceAll(/days=\d+/g, 'days=29')
        .replaceAll(/time=[\d.]+s/g, 'time=0.31s'),
    )
    .join('\n');
}
