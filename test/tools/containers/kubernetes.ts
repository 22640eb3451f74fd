import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { StatefulSet, type IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service, type IService } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { parseAllDocuments } from 'yaml';

/** Kind -> what Kubernetes says of it, and where its types are. */
export const models = {
  StatefulSet: { model: StatefulSet, types: 'kubernetes-models/apps/v1/StatefulSet' },
  NetworkPolicy: { model: NetworkPolicy, types: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy' },
  Namespace: { model: Namespace, types: 'kubernetes-models/v1/Namespace' },
  Service: { model: Service, types: 'kubernetes-models/v1/Service' },
  ServiceAccount: { model: ServiceAccount, types: 'kubernetes-models/v1/ServiceAccount' },
} as const;

export type Kind = keyof typeof models;

export interface Manifest {
  readonly kind: Kind;
  readonly metadata: { readonly name: string };
}

export function readManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.map(({ message }) => message).join('\n'));
    return document.toJS() as Manifest;
  });
}

/** What the API of Kubernetes would refuse. Fields that it does not know are found by the types: `typed`. */
export function schemaFaults(manifests: readonly Manifest[]): readonly string[] {
  return manifests.flatMap((manifest) => {
    if (!Object.hasOwn(models, manifest.kind)) return [`${manifest.kind}: not known here`];
    try {
      const { model } = models[manifest.kind];
      new model(manifest).validate();
      return [];
    } catch (error) {
      return [
        `${manifest.kind} ${manifest.metadata.name}: ${error instanceof Error ? error.message : String(error)}`,
      ];
    }
  });
}

/** The manifests as a program: the compiler refuses fields that a type has not. */
export function typed(manifests: readonly Manifest[]): string {
  return manifests
    .map(
      (manifest, at) =>
        `import type { I${manifest.kind} as T${at} } from '${models[manifest.kind].types}';\n` +
        `export const m${at}: T${at} = ${JSON.stringify(manifest, null, 1)};\n`,
    )
    .join('\n');
}

type PodSpec = NonNullable<NonNullable<IStatefulSet['spec']>['template']['spec']>;
const isSet = (one: Manifest): one is Manifest & IStatefulSet => one.kind === 'StatefulSet';
const isService = (one: Manifest): one is Manifest & IService => one.kind === 'Service';

/** What does not fit together, and what the strictest profile of Kubernetes for pods would refuse. */
export function fittingFaults(manifests: readonly Manifest[]): readonly string[] {
  const faults: string[] = [];
  const sets = manifests.filter(isSet);
  const pods = sets.flatMap(({ spec }) => (spec === undefined ? [] : [spec.template]));
  const ports = new Set(
    pods
      .flatMap(({ spec }) => spec?.containers.flatMap((one) => one.ports ?? []) ?? [])
      .map(({ name }) => name),
  );
  for (const pod of pods) faults.push(...podFaults(pod.spec));
  for (const { spec } of sets) {
    const named = manifests.find((one) => isService(one) && one.metadata.name === spec?.serviceName);
    if ((named as IService | undefined)?.spec?.clusterIP !== 'None')
      faults.push(`${spec?.serviceName}: no headless Service`);
    if (spec?.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Retain')
      faults.push('mail that waits goes with its pod');
  }
  for (const manifest of manifests) {
    const { spec } = manifest as { spec?: { selector?: unknown; podSelector?: unknown } };
    for (const selector of [spec?.selector, spec?.podSelector]) {
      if (selector === undefined) continue;
      const labels = (selector as { matchLabels?: object }).matchLabels ?? (selector as object);
      const isThere = pods.some(({ metadata }) =>
        Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value),
      );
      if (!isThere || Object.keys(labels).length === 0)
        faults.push(`${manifest.kind} ${manifest.metadata.name}: chooses other pods than the relay's`);
    }
  }
  for (const name of portsNamed(manifests))
    if (!ports.has(name)) faults.push(`${name}: no port of a container`);
  return faults;
}

function portsNamed(manifests: readonly Manifest[]): readonly string[] {
  const ofServices = manifests.filter(isService).flatMap(({ spec }) => spec?.ports ?? []);
  const policies = manifests.flatMap((one) =>
    one.kind === 'NetworkPolicy' ? [new NetworkPolicy(one as never)] : [],
  );
  const ofPolicies = policies.flatMap(({ spec }) => spec?.ingress?.flatMap(({ ports }) => ports ?? []) ?? []);
  const named = [...ofServices.map(({ targetPort }) => targetPort), ...ofPolicies.map(({ port }) => port)];
  return named.filter((one) => typeof one === 'string');
}

function podFaults(spec: PodSpec | undefined): readonly string[] {
  const faults: string[] = [];
  const { securityContext: pod, containers = [] } = spec ?? {};
  if (pod?.runAsNonRoot !== true || pod.runAsUser !== 10001) faults.push('runs as another user');
  if (pod?.seccompProfile?.type !== 'RuntimeDefault') faults.push('may call whatever the kernel has');
  if (spec?.automountServiceAccountToken !== false) faults.push('has a token of the cluster');
  if (spec?.enableServiceLinks !== false)
    faults.push('is told of Services in variables that are named like settings');
  // 20 s for deliveries, 10 s for what hangs, 60 s for Redis.
  if ((spec?.terminationGracePeriodSeconds ?? 0) < 90) faults.push('is killed while Redis writes');
  for (const {
    securityContext: own,
    livenessProbe,
    readinessProbe,
    startupProbe,
    volumeMounts,
  } of containers) {
    if (own?.allowPrivilegeEscalation !== false) faults.push('may get privileges');
    if (own?.readOnlyRootFilesystem !== true) faults.push('its root can be written');
    if (own?.capabilities?.drop?.includes('ALL') !== true) faults.push('has capabilities');
    for (const probe of [livenessProbe, startupProbe])
      if (probe?.httpGet?.path !== '/alive') faults.push('is started again for what a start does not mend');
    if (readinessProbe?.httpGet?.path !== '/ready') faults.push('is sent clients for whom it has no room');
    if (volumeMounts?.some(({ mountPath }) => mountPath === '/tmp') !== true) faults.push('has no /tmp');
  }
  return faults;
}

/** The files that a kustomization names. */
export function filesOf(kustomization: string): readonly string[] {
  const [document] = parseAllDocuments(kustomization);
  const {
    resources = [],
    components,
    patches = [],
    configMapGenerator = [],
  } = (document?.toJS() ?? {}) as {
    resources?: string[];
    components?: string[] | null;
    patches?: { path?: string }[];
    configMapGenerator?: { files?: string[] }[];
  };
  return [
    ...resources,
    ...(components ?? []),
    ...patches.flatMap(({ path }) => path ?? []),
    ...configMapGenerator.flatMap(({ files = [] }) => files),
  ];
}
