/** What openQueue() must be told besides where its Redis is. */
export const storeOptions = {
  marks: { memoryHighWatermarkPercent: 80, memoryLowWatermarkPercent: 70, minfreeBytes: 0 },
  acceptTimeoutMs: 20_000,
  longestWaitMs: 4_400_000,
} as const;
