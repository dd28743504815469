import { expect } from 'chai';
import { assertVersion } from './product-version.ts';

describe('If-Match of a product', () => {
  it('takes tags of the version, whatever was sold since', () => {
    for (const header of [undefined, '*', '"7"', '"7-a_b-C"', 'W/"7-abc"', '"6-x", "7-y"']) assertVersion(header, 7);
  });

  it('refuses other versions and what is no tag', () => {
    for (const header of ['"6"', '"77-x"', '7', '"x-7"', '', '"7-x']) {
      expect(() => assertVersion(header, 7), header)
        .to.throw()
        .with.property('code', 'request.version_mismatch');
    }
  });
});
