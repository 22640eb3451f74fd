import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** As much of the form of a Grafana dashboard as matters here. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const file = path.join(import.meta.dirname, '../../../deploy/grafana/dane-relay.json');

export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(file, 'utf8')) as Dashboard;
}

/** What it asks Prometheus, with the variables as Grafana fills them in. */
export function dashboardQueries({ panels, annotations }: Dashboard): readonly string[] {
  const targets = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const others = annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : [expr]));
  return [...targets, ...others].map((expr) =>
    expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '2m'),
  );
}
