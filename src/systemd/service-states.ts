import type { Supervisor } from './notify.ts';
import { createWatchdog, type Sign } from './watchdog.ts';

/** What systemd is told about the service. Where nobody wants to hear it nothing happens. */
export interface ServiceStates {
  /** The relay begins to start, which may take as long as Redis takes to read its files. */
  starting(): void;
  /** The relay takes mail. From now on the watchdog is told of signs of life. */
  ready(running: Running): void;
  /** Runs this and tells of its beginning and its end. */
  reloading(reload: () => Promise<void>): Promise<void>;
  stopping(): void;
}

export interface Running {
  /** How the relay does, in a few words. */
  readonly status: () => string;
  readonly signs: readonly Sign[];
  /** Is told which parts have given no sign of life. */
  readonly late: (missing: readonly string[], waitedMs: number) => void;
}

/** In the unit a start and each piece of it have this long (TimeoutStartSec=), and are told so several times in it. */
const START_MS = 120_000;
const LOOKS_IN_TIME = 4;

export function serviceStates(supervisor: Supervisor, now: () => number = monotonicMs): ServiceStates {
  const { watchdogMs = START_MS } = supervisor;
  const tell = (...assignments: readonly string[]): boolean => supervisor.tell(...assignments);
  let timer: NodeJS.Timeout | undefined;
  let reloads = 0;
  let said = '';

  function every(ms: number, work: () => void): void {
    clearInterval(timer);
    timer = setInterval(work, ms).unref();
  }

  return {
    starting() {
      every(START_MS / LOOKS_IN_TIME, () => tell(`EXTEND_TIMEOUT_USEC=${START_MS * 1000}`));
    },
    ready({ status, signs, late }) {
      said = status();
      tell('READY=1', `STATUS=${said}`);
      const watchdog = createWatchdog(supervisor, signs, late, now);
      every(watchdogMs / LOOKS_IN_TIME, () => {
        watchdog.look();
        const next = status();
        if (next !== said && tell(`STATUS=${next}`)) said = next;
      });
    },
    async reloading(reload) {
      reloads += 1;
      // systemd takes the READY that follows for the end of this reload, and not of one before.
      tell('RELOADING=1', `MONOTONIC_USEC=${Math.floor(now() * 1000)}`);
      await reload();
      reloads -= 1;
      if (reloads === 0) tell('READY=1');
    },
    stopping() {
      clearInterval(timer);
      tell('STOPPING=1', 'STATUS=stopping');
    },
  };
}

/** CLOCK_MONOTONIC, which systemd compares with its own. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
