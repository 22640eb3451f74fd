/** The reply when there is no room left, in the store or in memory. */
export const noRoomReply = '452 4.3.1 Insufficient system storage';

/** The reply when the store takes no message now. @param error with a `code` of `QUEUE_…` */
export function storeReply(error: Error): string {
  return 'code' in error && error.code === 'QUEUE_FULL'
    ? noRoomReply
    : '451 4.3.0 Error: queue file write error';
}
