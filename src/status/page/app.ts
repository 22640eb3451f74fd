import { askToken } from './acts.ts';
import { canAct } from './api.ts';
import { showState } from './boxes.ts';
import { refresh, startConnections } from './connections.ts';
import { byId } from './dom.ts';
import { follow } from './live.ts';
import { startSearch } from './search.ts';
import { startTrace } from './trace.ts';

/** The status page: what page.html has for a browser with JavaScript. */

for (const part of document.querySelectorAll<HTMLElement>('.scripted')) part.hidden = false;
chooseScheme();
offerLogin();
startConnections();
startSearch();
startTrace();
follow((state) => {
  showState(state);
  void refresh();
});

/** The scheme of the system, until somebody wants the other one. */
function chooseScheme(): void {
  const root = document.documentElement;
  const choice = byId('scheme', HTMLButtonElement);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = (): boolean => (root.dataset['scheme'] ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  const name = (): void => void (choice.textContent = isDark() ? 'light' : 'dark');
  const kept = localStorage.getItem('scheme');
  if (kept === 'dark' || kept === 'light') root.dataset['scheme'] = kept;
  choice.addEventListener('click', () => {
    root.dataset['scheme'] = isDark() ? 'light' : 'dark';
    localStorage.setItem('scheme', root.dataset['scheme']);
    name();
  });
  dark.addEventListener('change', name);
  choice.hidden = false;
  name();
}

function offerLogin(): void {
  const login = byId('login', HTMLButtonElement);
  login.hidden = canAct();
  login.addEventListener('click', () => askToken(() => void (login.hidden = true)));
}
