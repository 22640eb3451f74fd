import type { CommandHandler } from './command.ts';

export const startTls: CommandHandler = () => '502 5.5.1 Error: command not implemented';
