export { default as anonymous } from './anonymous';
export { default as arrow } from './arrow';
export { default as call } from './call';
export { default as from } from './from';
export { default as function } from './function';
export { default as list } from './list';
