/** Commands of Postfix whose place we take, by which administrators and their scripts know the queue. */
export const postfixNames = ['postqueue', 'postsuper', 'qshape'] as const;
export type PostfixName = (typeof postfixNames)[number];
