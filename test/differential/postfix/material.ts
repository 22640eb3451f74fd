import { makeCertificate, type Certificate } from '../../lab/certificates.ts';
import { day } from '../../support/test-ca.ts';
import { absent, scripted } from './destination.ts';
import type { LabHost } from '../../lab/world.ts';

/** Hosts that many destinations share, and the certificate they have. */
export interface Material {
  /** Self-signed, of no name that any domain has: for usage 3, which looks at no name. */
  readonly ee: Certificate;
  readonly hosts: readonly LabHost[];
}

/** Takes mail with the certificate `ee`. */
export const sound = 'sound.test';
/** Refuses connections. */
export const down = 'down.test';
/** Answers 450 to every recipient, with the certificate `ee`. */
export const busy = 'busy.test';

export const yesterday = (): Date => new Date(Date.now() - day);
export const tomorrow = (): Date => new Date(Date.now() + day);

export async function makeMaterial(): Promise<Material> {
  const ee = await makeCertificate({ commonName: 'lab mail host' });
  return {
    ee,
    hosts: [
      scripted(sound, [ee]),
      absent(down),
      scripted(busy, [ee], { replies: { RCPT: '450 4.2.1 Mailbox busy' } }),
    ],
  };
}
