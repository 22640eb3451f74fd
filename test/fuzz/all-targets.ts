import { addresses } from './addresses.ts';
import { chains, fullRecords } from './chains.ts';
import { dnsReplies } from './dns-replies.ts';
import { peerCommands, proxyHeaders } from './peers.ts';
import { policyFiles } from './policy-files.ts';
import type { FuzzTarget } from './target.ts';
import { tlsaRecords } from './tlsa-records.ts';

export const allTargets: readonly FuzzTarget[] = [
  dnsReplies,
  tlsaRecords,
  chains,
  fullRecords,
  policyFiles,
  addresses,
  proxyHeaders,
  peerCommands,
];
