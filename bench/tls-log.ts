import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What a mail log said of connections and deliveries since it was last asked. */
export interface LogCount {
  /** TLS 1.3 connections whose server DANE has verified, opened or used again. */
  readonly verified: number;
  /** All other TLS connections. */
  readonly notVerified: number;
  /** Deliveries put off or given up. */
  readonly failed: number;
}

/** Reads mail logs, of Postfix or in its form, piece by piece. */
export class TlsLog {
  readonly #files: readonly string[];
  readonly #read = new Map<string, number>();

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  count(): LogCount {
    const text = this.#files.map((file) => this.#rest(file)).join('');
    const lines = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
    const verified = lines(/: Verified TLS connection (?:established|reused) to .*: TLSv1\.3 /g);
    return {
      verified,
      notVerified: lines(/ TLS connection (?:established|reused) to /g) - verified,
      failed: lines(/, status=(?:deferred|bounced)/g),
    };
  }

  #rest(file: string): string {
    const from = this.#read.get(file) ?? 0;
    const bytes = Buffer.alloc(statSync(file).size - from);
    const descriptor = openSync(file, 'r');
    try {
      const length = readSync(descriptor, bytes, 0, bytes.length, from);
      this.#read.set(file, from + length);
      return bytes.toString('latin1', 0, length);
    } finally {
      closeSync(descriptor);
    }
  }
}
