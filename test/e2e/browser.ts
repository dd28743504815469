import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Trouble } from '@sagacity/scripts/os/tell';
import { chromiumBinary } from '@sagacity/scripts/servers/binaries';
import { launch, type Page } from 'puppeteer-core';

export interface TestBrowser {
  /** A page of the given size that has loaded a path of the gateway, and what it should not have done so far. */
  open(path: string, size: Size): Promise<{ readonly page: Page; readonly faults: readonly string[] }>;
  close(): Promise<void>;
}

export interface Size {
  readonly width: number;
  readonly height: number;
  readonly isMobile?: boolean;
}

/** A browser on a machine that is busy with other tests is slow. */
const patienceMs = 90_000;

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // A page that asks for another host is refused, and the test told of it.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Starts Debian's Chromium with a profile of its own, which is removed with it. */
export async function openBrowser(gatewayUrl: string): Promise<TestBrowser> {
  const executablePath = findChromium();
  const profile = mkdtempSync(join(tmpdir(), 'sagacity-chromium-'));
  const removeProfile = () => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  const browser = await launch({ executablePath, args: flags, userDataDir: profile }).catch((error) => {
    removeProfile();
    throw error;
  });
  return {
    open: async (path, size) => {
      const page = await browser.newPage();
      page.setDefaultTimeout(patienceMs);
      await page.setViewport(size);
      const faults = await watch(page, new URL(gatewayUrl).origin);
      await page.goto(`${gatewayUrl}${path}`);
      return { page, faults };
    },
    close: async () => {
      await browser.close();
      removeProfile();
    },
  };
}

/** A test that needs a browser fails without one, with what to do about it. */
function findChromium(): string {
  try {
    return chromiumBinary();
  } catch (error) {
    if (error instanceof Trouble) throw new Error(`${error.message} → ${error.advice}`);
    throw error;
  }
}

/** Writes down errors, requests to other hosts, requests that fail, and breaches of the page's security policy. */
async function watch(page: Page, origin: string): Promise<readonly string[]> {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`thrown: ${String(error)}`));
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') faults.push(`another host: ${url.href}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  await page.exposeFunction('tellBreach', (breach: string) => faults.push(`policy: ${breach}`));
  await page.evaluateOnNewDocument(`
    document.addEventListener('securitypolicyviolation', (event) =>
      window.tellBreach(event.violatedDirective + ' ' + event.blockedURI))`);
  return faults;
}
