/* The search: everything it needs is beside it, so it works without a network and from a folder. */
(() => {
  const top = document.body.dataset.top ?? '';
  const input = document.getElementById('words');
  const list = document.getElementById('found');
  const count = document.getElementById('found-count');
  const most = 12;
  let opening;

  function open() {
    opening ??= (async () => {
      await load('minisearch.js');
      await load('search-index.js');
      return globalThis.MiniSearch.loadJS(globalThis.searchIndex, {
        fields: ['page', 'heading', 'text'],
        storeFields: ['page', 'heading', 'start'],
      });
    })();
    return opening;
  }

  function load(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${top}assets/${name}`;
      script.addEventListener('load', () => resolve());
      script.addEventListener('error', () => reject(new Error(`${name} cannot be read`)));
      document.head.append(script);
    });
  }

  async function find() {
    const words = input.value.trim();
    const index = await open();
    if (input.value.trim() !== words) return;
    const found =
      words === ''
        ? []
        : index.search(words, {
            combineWith: 'AND',
            prefix: true,
            fuzzy: (term) => (term.length > 5 ? 0.15 : false),
            boost: { page: 2, heading: 4 },
          });
    list.replaceChildren(...found.slice(0, most).map(item));
    list.hidden = found.length === 0;
    count.textContent = words === '' ? '' : found.length === 0 ? 'Nothing found' : `${found.length} found`;
  }

  function item({ id, page, heading, start }) {
    const link = document.createElement('a');
    link.href = `${top}${id}`;
    link.textContent = heading === page ? page : `${page}: ${heading}`;
    const text = document.createElement('p');
    text.textContent = start;
    const entry = document.createElement('li');
    entry.append(link, text);
    return entry;
  }

  function close() {
    list.hidden = true;
    count.textContent = '';
  }

  input.addEventListener('focus', () => void open());
  input.addEventListener('input', () => void find());
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      close();
      return;
    }
    const typing = /^(?:INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '');
    if (event.key === '/' && !typing) {
      event.preventDefault();
      input.focus();
    }
    if (event.key === 'Enter' && document.activeElement === input) list.querySelector('a')?.click();
  });
  document.addEventListener('click', (event) => {
    if (!event.target.closest('search')) close();
  });
})();
