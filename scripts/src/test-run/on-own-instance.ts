import { type Instance, openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { onInterrupt } from '../os/on-interrupt.ts';
import { discardSystem } from '../system/stop-system.ts';
import { emptyInstance } from './empty-instance.ts';

/** Does the work on an instance that is empty before and gone after it, however the command ends. */
export function onOwnInstance<T>(name: string, work: (instance: Instance) => Promise<T>): Promise<T> {
  const instance = openInstance(name);
  return withLock(instance, async () => {
    onInterrupt(() => discardSystem(instance));
    await emptyInstance(instance);
    try {
      return await work(instance);
    } finally {
      await discardSystem(instance);
    }
  });
}
