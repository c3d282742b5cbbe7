/** What a miniport did with NDIS that its documentation forbids, told where no rule of a mapping speaks. */
import type { Kernel } from '../../kernel/kernel.ts';

export function tellMisuse(kernel: Kernel, service: string, problem: string, detail = ''): void {
  kernel.emit({ kind: 'framework-misuse', framework: 'ndis', service, problem, detail });
}
