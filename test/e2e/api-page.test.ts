import type { OpenApiDocument } from '@sagacity/chassis/openapi/document';
import { expect } from 'chai';
import type { Page } from 'puppeteer-core';
import { openBrowser, type TestBrowser } from './browser.ts';
import { callGateway, setting } from './shop.ts';

const desk = { width: 1_280, height: 900 };
const phone = { width: 375, height: 700, isMobile: true };

describe('the API page', function () {
  this.timeout(240_000);
  let browser: TestBrowser;
  let document: OpenApiDocument;
  let page: Page;
  let faults: readonly string[];

  before(async () => {
    document = (await callGateway('GET', '/openapi.json')).body as OpenApiDocument;
    browser = await openBrowser(setting('E2E_GATEWAY_URL'));
    ({ page, faults } = await openPage(desk));
  });
  after(() => browser?.close());

  it('lists every operation of the document and nothing else', async () => {
    const listed = await page.$$eval('.opblock', (blocks) =>
      blocks.map((block) =>
        ['.opblock-summary-method', '.opblock-summary-path'].map((part) => block.querySelector(part)?.textContent),
      ),
    );

    // A long path may break at zero-width spaces.
    const shown = listed.map(([method, path]) => `${method} ${path?.replaceAll('\u200b', '')}`);
    expect(shown.sort()).to.deep.equal(operations(document).sort());
    expect(faults).to.deep.equal([]);
  });

  it('shows the fields that an operation takes and every answer that it gives', async () => {
    const opened = await openOperation(page, 'order-service', 'placeOrder');

    await page.locator(`${opened} .opblock-section-request-body [data-name="model"]`).click();
    await page.waitForSelector(`${opened} .opblock-section-request-body .json-schema-2020-12`);

    const text = (selector: string) => page.$$eval(selector, (found) => found.map(({ textContent }) => textContent));
    const answers = document.paths['/orders']?.post?.responses ?? {};
    expect(await text(`${opened} tr.response > .response-col_status`)).to.deep.equal(Object.keys(answers));
    const [body] = await text(`${opened} .opblock-section-request-body`);
    for (const field of ['items', 'shipping_address', 'payment_method', 'expected_total'])
      expect(body).to.include(field);
    const [conflict] = await text(`${opened} tr.response[data-code="409"]`);
    expect(conflict).to.include('order.out_of_stock').and.to.include('"status": 409');
    expect(faults).to.deep.equal([]);
  });

  it('sends a request and shows what came back', async () => {
    const opened = await openOperation(page, 'product-service', 'listCategories');

    await page.locator(`${opened} .execute`).click();

    const live = await page.waitForSelector(`${opened} .live-responses-table tbody .response-col_status`);
    expect(await live?.evaluate(({ textContent }) => textContent)).to.equal('200');
    expect(faults).to.deep.equal([]);
  });

  it('fits a phone, folded and with operations open', async () => {
    const small = await openPage(phone);
    expect(await widthOf(small.page)).to.equal(phone.width);

    await openOperation(small.page, 'order-service', 'placeOrder');
    await openOperation(small.page, 'saga-orchestrator', 'operateSaga');

    expect(await widthOf(small.page)).to.equal(phone.width);
    expect(small.faults).to.deep.equal([]);
  });

  async function openPage(size: typeof desk) {
    const opened = await browser.open('/docs', size);
    await opened.page.waitForSelector('.opblock');
    return opened;
  }
});

/** Opens an operation and resolves with the selector of its block, once its answers are shown. */
async function openOperation(page: Page, service: string, operationId: string): Promise<string> {
  const block = `#operations-${service}-${operationId}`;
  // Not by its place on the screen: that moves while what was opened before is still being drawn.
  await page.$eval(`${block} .opblock-summary-control`, (control) => (control as unknown as { click(): void }).click());
  await page.waitForSelector(`${block} .responses-table`);
  return block;
}

function operations({ paths }: OpenApiDocument): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** How wide the content is: more than the screen, and the page scrolls sideways. */
function widthOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth') as Promise<number>;
}
