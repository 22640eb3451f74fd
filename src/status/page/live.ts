import type { PageState } from '../../core/page/page-state.ts';
import { renew } from './api.ts';
import { announce, byId } from './dom.ts';

/** Without news for so long, what is shown is old. The relay sends something every five seconds. */
const STALE_MS = 15_000;

/** Calls `show` with each state of the relay, and says so when there is no news. */
export function follow(show: (state: PageState) => void): void {
  const events = new EventSource('/api/events');
  let timer = 0;
  let wasStale = false;

  function fresh(): void {
    clearTimeout(timer);
    timer = setTimeout(stale, STALE_MS);
    if (!wasStale) return;
    wasStale = false;
    document.body.classList.remove('stale');
    announce('The relay answers again.');
    // It may be another process by now.
    void renew().catch(() => {});
  }

  function stale(): void {
    if (wasStale) return;
    wasStale = true;
    document.body.classList.add('stale');
    byId('live').textContent = 'no news, trying again';
    announce('No news from the relay for 15 seconds. What is shown is old.');
  }

  events.addEventListener('state', (event) => {
    fresh();
    byId('live').textContent = 'live';
    show(JSON.parse((event as MessageEvent<string>).data) as PageState);
  });
  events.addEventListener('error', () => {
    // A relay that is gone refuses at once; one that hangs is found by the time.
    if (events.readyState === EventSource.CLOSED) stale();
    else timer ||= setTimeout(stale, STALE_MS);
  });
  timer = setTimeout(stale, STALE_MS);
}
