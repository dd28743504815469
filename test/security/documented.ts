import type { OpenApiDocument } from '@sagacity/chassis/openapi/document';
import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { callGateway } from '../e2e/shop.ts';

/** The document that the running gateway serves, and a judge of answers. */
export interface DocumentedApi {
  readonly document: OpenApiDocument;
  /** What is wrong with an answer by the document; undefined when it is as documented. */
  faultOf(route: string, answer: HttpAnswer): string | undefined;
}

export async function readDocumentedApi(): Promise<DocumentedApi> {
  const document = (await callGateway('GET', '/openapi.json')).body as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true, multipleOfPrecision: 6 });
  formats.default(ajv);
  ajv.addSchema(document, 'shop');
  return {
    document,
    faultOf: (route, { status, headers, body }) => {
      const [method = '', path = ''] = route.split(' ');
      const response = responseAt(document, templateOf(path), method, status);
      if (!response) return `${route} answered ${status}, which is not documented`;
      const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
      const { pointer, content = {} } = response;
      if (Object.keys(content).length === 0) return body === '' ? undefined : `${route} ${status} has a body`;
      if (!(type in content)) return `${route} ${status} is ${type}, not ${Object.keys(content)}`;
      const validate = ajv.compile({ $ref: `shop#${pointer}/content/${pointerPart(type)}/schema` });
      return validate(body) ? undefined : `${route} ${status}: ${ajv.errorsText(validate.errors)}`;
    },
  };
}

function responseAt(document: OpenApiDocument, path: string, method: string, status: number) {
  const response = document.paths[path]?.[method]?.responses[status];
  if (response === undefined) return undefined;
  if ('$ref' in response) {
    const name = response.$ref.split('/').at(-1) ?? '';
    return { pointer: `/components/responses/${name}`, content: document.components.responses[name]?.content };
  }
  return { pointer: `/paths/${pointerPart(path)}/${method}/responses/${status}`, content: response.content };
}

function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

/** As JSON Pointers in URIs need it. */
function pointerPart(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
