import { createTransport } from 'nodemailer';
import type { Submitted } from '../mta.ts';

const raw = 'From: sender@client.test\r\nTo: user@client.test\r\nSubject: conformance\r\n\r\nOne line.\r\n';

/** @param idIn how the reply names the message */
export async function submitOverSmtp(
  at: { readonly host: string; readonly port: number },
  to: string,
  idIn: RegExp,
): Promise<Submitted> {
  const transport = createTransport({ ...at, ignoreTLS: true });
  try {
    const { response } = await transport.sendMail({ envelope: { from: '', to }, raw });
    return { kind: 'taken', id: idIn.exec(response)?.[1] ?? '' };
  } catch (error) {
    if ((error as { response?: string }).response === undefined) throw error;
    return { kind: 'refused' };
  } finally {
    transport.close();
  }
}
