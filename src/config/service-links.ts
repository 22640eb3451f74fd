/**
 * Whether a variable tells where a service of a container platform is. Kubernetes sets such variables in each pod for every
 * Service of its namespace: a Service `dane-relay` gives `DANE_RELAY_SERVICE_HOST`, `DANE_RELAY_PORT` and others, and the
 * links of Docker do so too. They are no settings, and nobody mistyped them.
 */
export function isServiceLink(name: string, text: string): boolean {
  if (name.endsWith('_SERVICE_HOST')) return true;
  if (name.endsWith('_SERVICE_PORT') || name.includes('_SERVICE_PORT_')) return /^\d{1,5}$/.test(text);
  if (name.endsWith('_PORT')) return /^(?:tcp|udp|sctp):\/\//.test(text);
  return /_PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?$/.test(name);
}
