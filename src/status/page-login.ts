import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A login in a browser is good for so long. */
export const SESSION_MS = 12 * 3_600_000;
export const SESSION_COOKIE = 'dane_relay_page';

/** Who may act: whoever has the token, or a cookie that was given for it. */
export interface PageLogin {
  isToken(text: string): boolean;
  isSession(cookie: string): boolean;
  /** `Set-Cookie` of a new session. */
  begin(): string;
  /** `Set-Cookie` that ends a session. */
  end(): string;
  /**
   * What a page sends back with each action, to show that it is ours. Another one for each sender, so that it is of no use
   * to others who may have one too, and after each start.
   *
   * @param sender what the sender showed of himself
   */
  pageToken(sender: string): string;
  isPageToken(text: string | undefined, sender: string): boolean;
}

/** @param token the token of `status.token_file` as it is now; undefined if there is none */
export function createPageLogin(token: () => string | undefined, now: () => number): PageLogin {
  // Comparing digests under a random key tells nothing of how much of them agrees.
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
  const pageKey = randomBytes(32);
  const pageToken = (sender: string): string =>
    createHmac('sha256', pageKey).update(sender).digest('base64url');

  /** It ends with the token, and outlives a restart of the relay. */
  function sessionOf(secret: string, since: string): string {
    return `${since}.${createHmac('sha256', secret).update(`session of the page, ${since}`).digest('base64url')}`;
  }

  return {
    pageToken,
    isPageToken: (text, sender) => text !== undefined && isSame(text, pageToken(sender)),
    isToken(text) {
      const secret = token();
      return secret !== undefined && isSame(text, secret);
    },
    isSession(cookie) {
      const secret = token();
      const [since = ''] = cookie.split('.', 1);
      if (secret === undefined || !/^[\da-z]{1,10}$/.test(since)) return false;
      const age = now() - Number.parseInt(since, 36);
      return isSame(cookie, sessionOf(secret, since)) && age >= -60_000 && age < SESSION_MS;
    },
    begin() {
      const value = sessionOf(token() ?? '', now().toString(36));
      return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${SESSION_MS / 1000}; HttpOnly; SameSite=Strict`;
    },
    end: () => `${SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`,
  };
}
