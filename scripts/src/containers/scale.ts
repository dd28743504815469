import { Trouble } from '../os/tell.ts';
import { requireSystemProcess } from '../system/processes.ts';

/** `product-service=3 order-service=2`, how many instances of which service, as arguments of docker compose up. */
export function readScale(text: string): string[] {
  const wanted = text.split(/[\s,]+/).filter((each) => each !== '');
  for (const each of wanted) {
    if (!/^[a-z-]+=[1-9]\d?$/.test(each)) {
      throw new Trouble(`SCALE=${each} is no service=number`, "SCALE='product-service=3'");
    }
    requireSystemProcess(each.split('=')[0] ?? '');
  }
  return wanted.flatMap((each) => ['--scale', each]);
}
