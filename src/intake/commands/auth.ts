import type { CommandHandler } from './command.ts';

export const auth: CommandHandler = () => '503 5.5.1 Error: authentication not enabled';
