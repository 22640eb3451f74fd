import { spawnSync } from 'node:child_process';
import { freePort } from '../../src/children/free-port.ts';
import { until } from '../lab/until.ts';
import { startPrivateRedis, type PrivateRedis } from './private-redis.ts';

const SLOTS = 16_384;

export interface ClusterNode extends PrivateRedis {
  readonly port: number;
}

/** A cluster of two masters on the loopback, each with half of the slots; gone when disposed. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly [ClusterNode, ClusterNode];
}

/** Why there can be no cluster here, if so: the server does not know the setting. */
export function clusterObstacle(): string | undefined {
  // A value that it is not content with, so that it does not start.
  const { stderr } = spawnSync('redis-server', ['--cluster-enabled', 'perhaps'], { encoding: 'utf8' });
  return stderr.includes("must be 'yes' or 'no'") ? undefined : 'redis-server has no cluster support';
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = [await startNode(), await startNode()] as const;
  const [first, second] = nodes;
  await ask(first, `CLUSTER ADDSLOTSRANGE 0 ${SLOTS / 2 - 1}`);
  await ask(second, `CLUSTER ADDSLOTSRANGE ${SLOTS / 2} ${SLOTS - 1}`);
  await ask(first, `CLUSTER MEET 127.0.0.1 ${second.port} ${second.busPort}`);
  await until(async () => {
    const infos = await Promise.all(nodes.map((node) => node.command('CLUSTER INFO')));
    return infos.every((info) => /cluster_state:ok/.test(info) && /cluster_known_nodes:2/.test(info));
  }, 'both nodes know all slots');
  return {
    nodes,
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    },
  };
}

async function startNode(): Promise<ClusterNode & { readonly busPort: number }> {
  const port = await freePort('127.0.0.1');
  const busPort = await freePort('127.0.0.1');
  const redis = await startPrivateRedis({
    bind: '127.0.0.1',
    port: String(port),
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
  });
  return Object.assign(redis, { port, busPort });
}

async function ask(node: ClusterNode, command: string): Promise<void> {
  const reply = await node.command(command);
  if (!reply.startsWith('+OK')) throw new Error(`${command}: ${reply}`);
}
