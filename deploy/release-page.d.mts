export function releasePage(text: string, version: string, date: string): string;
