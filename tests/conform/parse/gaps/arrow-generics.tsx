export const identity = <T,>(value: T) => value;
export const keyed = <T extends object>(value: T) => <div key={1}>{Object.keys(value).length}</div>;
export const later = async <T,>(load: () => Promise<T>): Promise<T> => load();
