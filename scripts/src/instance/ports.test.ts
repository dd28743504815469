import { expect } from 'chai';
import { choosePorts, type PortWishes, portNames, usualPorts } from './ports.ts';

describe('choosePorts', () => {
  it('takes the usual ports when all of them are free', async () => {
    const { ports, moves } = await choosePorts(wishes());

    expect(ports).to.deep.equal(usualPorts);
    expect(moves).to.deep.equal([]);
  });

  it('moves one that is taken to the next free port that no other one wants', async () => {
    const { ports, moves } = await choosePorts(wishes({ taken: [8000, 8008] }));

    expect(moves).to.deep.equal([{ name: 'GATEWAY_PORT', from: 8000, to: 8009 }]);
    expect(ports).to.deep.equal({ ...usualPorts, GATEWAY_PORT: 8009 });
  });

  it('gives every name a port of its own when all usual ones are taken', async () => {
    const { ports } = await choosePorts(wishes({ taken: Object.values(usualPorts) }));

    expect(new Set(Object.values(ports)).size).to.equal(portNames.length);
    for (const port of Object.values(ports)) expect(Object.values(usualPorts)).not.to.include(port);
  });

  it('remembers an earlier choice even when the usual port is free again', async () => {
    const { ports, moves } = await choosePorts(wishes({ remembered: { REDIS_PORT: 6390 } }));

    expect(ports.REDIS_PORT).to.equal(6390);
    expect(moves).to.deep.equal([]);
  });

  it('keeps a port that is taken by ourselves', async () => {
    const isOurs: PortWishes['isOurs'] = (name, port) => name === 'POSTGRES_PORT' && port === 5432;

    const { ports } = await choosePorts({ ...wishes({ taken: [5432] }), isOurs });

    expect(ports.POSTGRES_PORT).to.equal(5432);
  });

  it('puts what was asked for above what is remembered', async () => {
    const { ports } = await choosePorts(
      wishes({ demanded: { GATEWAY_PORT: 9000 }, remembered: { GATEWAY_PORT: 8010 } }),
    );

    expect(ports.GATEWAY_PORT).to.equal(9000);
  });

  it('lets others make way for a port that was asked for', async () => {
    const { ports } = await choosePorts(wishes({ demanded: { GATEWAY_PORT: 8001 } }));

    expect(ports.GATEWAY_PORT).to.equal(8001);
    expect(ports.USER_SERVICE_PORT).to.equal(8008);
  });

  it('refuses instead of moving a port that was asked for and is taken', async () => {
    const error = await choosePorts(wishes({ demanded: { GATEWAY_PORT: 9000 }, taken: [9000] })).catch(String);

    expect(error).to.include('GATEWAY_PORT=9000 was asked for');
  });

  it('refuses the same port asked for twice', async () => {
    const error = await choosePorts(wishes({ demanded: { GATEWAY_PORT: 9000, REDIS_PORT: 9000 } })).catch(String);

    expect(error).to.include('9000 was asked for');
  });

  it('starts its search higher when shifted', async () => {
    const { ports } = await choosePorts(wishes({ shift: 12_000 }));

    expect(ports.POSTGRES_PORT).to.equal(17_432);
  });
});

function wishes({ taken = [], ...given }: Partial<PortWishes> & { taken?: number[] } = {}): PortWishes {
  return {
    shift: 0,
    remembered: {},
    demanded: {},
    isOurs: () => false,
    isFree: async (port) => !taken.includes(port),
    ...given,
  };
}
