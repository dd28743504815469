import { expect } from 'chai';
import { type ContainerState, describeState, isServiceWell, isWell, readStates } from './container-states.ts';

describe('the states of containers', () => {
  const line = {
    Service: 'gateway',
    Name: 'sagacity-gateway-1',
    State: 'running',
    Health: 'healthy',
    ExitCode: 0,
    Status: 'Up 2 minutes (healthy)',
    Publishers: [
      { URL: '127.0.0.1', PublishedPort: 8000 },
      { URL: '', PublishedPort: 0 },
    ],
  };
  const second = { ...line, Name: 'sagacity-gateway-2', Publishers: null };

  it('are read from a line for each container and from one array alike', () => {
    const lines = `${JSON.stringify(line)}\n${JSON.stringify(second)}\n`;

    expect(readStates(lines)).to.deep.equal(readStates(JSON.stringify([line, second])));
    expect(readStates(lines)).to.deep.equal([
      container({ name: 'sagacity-gateway-1', ports: '8000' }),
      container({ name: 'sagacity-gateway-2' }),
    ]);
  });

  it('are none when nothing is printed, and leave out a run of the audit', () => {
    expect(readStates('\n')).to.deep.equal([]);
    expect(readStates('[]')).to.deep.equal([]);
    expect(readStates(JSON.stringify({ ...line, Service: 'audit' }))).to.deep.equal([]);
  });

  it('are well when a container that stays is healthy, and one that runs once has ended without a fault', () => {
    expect(isWell(container({}))).to.equal(true);
    expect(isWell(container({ health: 'starting' }))).to.equal(false);
    expect(isWell(container({ health: '' }))).to.equal(false);
    expect(isWell(container({ state: 'exited', health: '' }))).to.equal(false);
    expect(isWell(container({ service: 'seed', state: 'exited', health: '' }))).to.equal(true);
    expect(isWell(container({ service: 'seed', state: 'exited', health: '', exitCode: 1 }))).to.equal(false);
    expect(isWell(container({ service: 'migrations', state: 'running', health: '' }))).to.equal(false);
  });

  it('make a service well when it has containers and all of them are', () => {
    const others = container({ service: 'order-service', health: 'unhealthy' });

    expect(isServiceWell([container({}), container({}), others], 'gateway')).to.equal(true);
    expect(isServiceWell([container({}), container({ health: 'starting' })], 'gateway')).to.equal(false);
    expect(isServiceWell([others], 'gateway'), 'without a container').to.equal(false);
  });

  it('have the words of make status', () => {
    expect(describeState(container({}))).to.equal('ready');
    expect(describeState(container({ health: 'starting' }))).to.equal('not ready');
    expect(describeState(container({ state: 'restarting' }))).to.equal('restarting');
    expect(describeState(container({ service: 'seed', state: 'exited' }))).to.equal('done');
    expect(describeState(container({ service: 'seed', state: 'exited', exitCode: 1 }))).to.equal('exited');
  });

  function container(overrides: Partial<ContainerState>): ContainerState {
    return {
      service: 'gateway',
      name: 'sagacity-gateway-1',
      state: 'running',
      health: 'healthy',
      exitCode: 0,
      status: 'Up 2 minutes (healthy)',
      ports: '',
      ...overrides,
    };
  }
});
