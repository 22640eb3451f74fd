import type { BaseBlock } from 'asn1js';

/** RFC 7468 §2. */
export function pemOf(label: 'CERTIFICATE' | 'CERTIFICATE REQUEST', block: Pick<BaseBlock, 'toBER'>): string {
  const lines =
    Buffer.from(block.toBER(false))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
