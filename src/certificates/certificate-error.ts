/** Existing files prevent a certificate from being made. The message is for the operator. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code = 'CERTIFICATE';
  /** EX_CANTCREAT of sysexits. */
  readonly exitCode = 73;
}
