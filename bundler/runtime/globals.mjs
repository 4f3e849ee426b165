/*
 * What code for workers takes for granted and Node 20 lacks. Workerd and Node 22 have it all, so
 * nothing here replaces anything.
 */

if (typeof Promise.withResolvers !== 'function') {
    Object.defineProperty(Promise, 'withResolvers', {
        configurable: true,
        writable: true,
        value: function withResolvers() {
            const result = {};
            result.promise = new this((resolve, reject) =>
                Object.assign(result, { resolve, reject }),
            );
            return result;
        },
    });
}
