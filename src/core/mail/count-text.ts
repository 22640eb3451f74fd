/** `1 message`, `3 messages`, `2 deliveries` */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
