import type { Citation } from './citations.ts';

export const titles: Readonly<Record<number, string>> = {
  1034: 'Domain Names: Concepts and Facilities',
  1035: 'Domain Names: Implementation and Specification',
  1047: 'Duplicate Messages and SMTP',
  1122: 'Requirements for Internet Hosts: Communication Layers',
  1123: 'Requirements for Internet Hosts: Application and Support',
  1428: 'Transition of Internet Mail from Just-Send-8 to 8bit-SMTP/MIME',
  1847: 'Security Multiparts for MIME: Multipart/Signed and Multipart/Encrypted',
  1870: 'SMTP Service Extension for Message Size Declaration',
  2034: 'SMTP Service Extension for Returning Enhanced Error Codes',
  2045: 'MIME Part One: Format of Internet Message Bodies',
  2046: 'MIME Part Two: Media Types',
  2047: 'MIME Part Three: Message Header Extensions for Non-ASCII Text',
  2181: 'Clarifications to the DNS Specification',
  2195: 'IMAP/POP AUTHorize Extension for Simple Challenge/Response',
  2308: 'Negative Caching of DNS Queries',
  2554: 'SMTP Service Extension for Authentication (first version)',
  2606: 'Reserved Top Level DNS Names',
  2920: 'SMTP Service Extension for Command Pipelining',
  2985: 'PKCS #9: Selected Object Classes and Attribute Types Version 2.0',
  2986: 'PKCS #10: Certification Request Syntax Specification Version 1.7',
  3110: 'RSA/SHA-1 SIGs and RSA KEYs in the Domain Name System (DNS)',
  3164: 'The BSD syslog Protocol',
  3207: 'SMTP Service Extension for Secure SMTP over TLS',
  3279: 'Algorithms and Identifiers for the Internet X.509 Public Key Infrastructure',
  3461: 'SMTP Service Extension for Delivery Status Notifications',
  3463: 'Enhanced Mail System Status Codes',
  3464: 'An Extensible Message Format for Delivery Status Notifications',
  3596: 'DNS Extensions to Support IP Version 6',
  3820: 'Internet X.509 PKI Proxy Certificate Profile',
  3834: 'Recommendations for Automatic Responses to Electronic Mail',
  3848: 'ESMTP and LMTP Transmission Types Registration',
  4013: 'SASLprep: Stringprep Profile for User Names and Passwords',
  3597: 'Handling of Unknown DNS Resource Record (RR) Types',
  4034: 'Resource Records for the DNS Security Extensions',
  4035: 'Protocol Modifications for the DNS Security Extensions',
  4055: 'RSA Algorithm Identifiers for the Internet X.509 PKI',
  4291: 'IP Version 6 Addressing Architecture',
  4343: 'DNS Case Insensitivity Clarification',
  4616: 'The PLAIN SASL Mechanism',
  4648: 'The Base16, Base32, and Base64 Data Encodings',
  4954: 'SMTP Service Extension for Authentication',
  5011: 'Automated Updates of DNS Security Trust Anchors',
  5246: 'The Transport Layer Security (TLS) Protocol Version 1.2',
  5280: 'Internet X.509 PKI Certificate and CRL Profile',
  5321: 'Simple Mail Transfer Protocol',
  5322: 'Internet Message Format',
  5452: 'Measures for Making DNS More Resilient against Forged Answers',
  5480: 'Elliptic Curve Cryptography Subject Public Key Information',
  5639: 'ECC Brainpool Standard Curves',
  5758: 'DSA and ECDSA Algorithm Identifiers for the Internet X.509 PKI',
  5802: 'Salted Challenge Response Authentication Mechanism (SCRAM)',
  5890: 'Internationalized Domain Names for Applications: Definitions',
  5952: 'A Recommendation for IPv6 Address Text Representation',
  6066: 'TLS Extensions: Extension Definitions',
  6068: 'The mailto URI Scheme',
  6125: 'Domain-Based Application Service Identity within PKIX and TLS',
  6152: 'SMTP Service Extension for 8-bit MIME Transport',
  6177: 'IPv6 Address Assignment to End Sites',
  6376: 'DomainKeys Identified Mail (DKIM) Signatures',
  6409: 'Message Submission for Mail',
  6522: 'The Multipart/Report Media Type',
  6531: 'SMTP Extension for Internationalized Email',
  6532: 'Internationalized Email Headers',
  6533: 'Internationalized Delivery Status and Disposition Notifications',
  6605: 'Elliptic Curve Digital Signature Algorithm (DSA) for DNSSEC',
  6672: 'DNAME Redirection in the DNS',
  6698: 'The DNS-Based Authentication of Named Entities (DANE) Protocol: TLSA',
  6750: 'The OAuth 2.0 Authorization Framework: Bearer Token Usage',
  6761: 'Special-Use Domain Names',
  6840: 'Clarifications and Implementation Notes for DNS Security',
  6890: 'Special-Purpose IP Address Registries',
  6891: 'Extension Mechanisms for DNS (EDNS(0))',
  6901: 'JavaScript Object Notation (JSON) Pointer',
  7208: 'Sender Policy Framework (SPF) for Authorizing Use of Domains in Email, Version 1',
  7218: 'Adding Acronyms to Simplify Conversations about DANE',
  7250: 'Using Raw Public Keys in TLS and DTLS',
  7468: 'Textual Encodings of PKIX, PKCS, and CMS Structures',
  7489: 'Domain-based Message Authentication, Reporting, and Conformance (DMARC)',
  7493: 'The I-JSON Message Format',
  7505: 'A "Null MX" No Service Resource Record for Domains That Accept No Mail',
  7515: 'JSON Web Signature (JWS)',
  7671: 'The DANE Protocol: Updates and Operational Guidance',
  7672: 'SMTP Security via Opportunistic DANE TLS',
  7677: 'SCRAM-SHA-256 and SCRAM-SHA-256-PLUS',
  7766: 'DNS Transport over TCP',
  7914: 'The scrypt Password-Based Key Derivation Function',
  7919: 'Negotiated Finite Field Diffie-Hellman Ephemeral Parameters for TLS',
  8017: 'PKCS #1: RSA Cryptography Specifications',
  8080: 'Edwards-Curve Digital Security Algorithm (EdDSA) for DNSSEC',
  8301: 'Cryptographic Algorithm and Key Usage Update to DomainKeys Identified Mail (DKIM)',
  8305: 'Happy Eyeballs Version 2: Better Connectivity Using Concurrency',
  8314: 'Cleartext Considered Obsolete: Use of TLS for Email Submission and Access',
  8410: 'Algorithm Identifiers for Ed25519, Ed448, X25519 and X448',
  8446: 'The Transport Layer Security (TLS) Protocol Version 1.3',
  8460: 'SMTP TLS Reporting',
  8461: 'SMTP MTA Strict Transport Security (MTA-STS)',
  8463: 'A New Cryptographic Signature Method for DomainKeys Identified Mail (DKIM)',
  8509: 'A Root Key Trust Anchor Sentinel for DNSSEC',
  8616: 'Email Authentication for Internationalized Mail',
  8689: 'SMTP Require TLS Option',
  8879: 'TLS Certificate Compression',
  8914: 'Extended DNS Errors',
  9106: 'Argon2 Memory-Hard Function for Password Hashing and Proof-of-Work Applications',
  9110: 'HTTP Semantics',
  9112: 'HTTP/1.1',
  9457: 'Problem Details for HTTP APIs',
  9525: 'Service Identity in TLS',
  9688: 'Use of the SHA3 One-Way Hash Functions in CMS',
  9715: 'IP Fragmentation Avoidance in DNS over UDP',
  9864: 'Fully-Specified Algorithms for JSON Object Signing and Encryption (JOSE) and CBOR Object Signing and Encryption (COSE)',
  9881: 'Algorithm Identifiers for ML-DSA in the Internet X.509 PKI',
};

/** DANE comes first: it is what this relay is for. */
const first = [7672, 7671, 6698];

/** docs/rfc-map.md: for each section of each RFC, who obeys it and in which words. */
export function renderMap(citations: readonly Citation[]): string {
  const rank = (rfc: number): number => (first.includes(rfc) ? first.indexOf(rfc) : first.length + rfc);
  const rfcs = [...new Set(citations.map(({ rfc }) => rfc))].sort((a, b) => rank(a) - rank(b));
  const head = [
    '# Where the RFCs are obeyed',
    'Written by `npm run docs:rfc-map` from the comments in `src`: change those, not this page.',
  ];
  return `${[...head, ...rfcs.flatMap((rfc) => chapter(rfc, citations))].join('\n\n')}\n`;
}

function chapter(rfc: number, citations: readonly Citation[]): string[] {
  const own = citations.filter((citation) => citation.rfc === rfc);
  const sections = [...new Set(own.map(({ section }) => section))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const title = titles[rfc];
  return [
    `## RFC ${rfc}${title === undefined ? '' : `: ${title}`}`,
    ...sections.map((section) => {
      const lines = own.filter((citation) => citation.section === section).map(line);
      return [`### RFC ${rfc} §${section}`, '', ...new Set(lines)].join('\n');
    }),
  ];
}

function line({ file, symbol, sentence }: Citation): string {
  const place = `[${file}](../src/${file})${symbol === undefined ? '' : ` \`${symbol}\``}`;
  return sentence === '' ? `- ${place}` : `- ${place}: ${sentence}`;
}
