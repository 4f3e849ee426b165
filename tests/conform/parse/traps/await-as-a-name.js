var await = 1;
const a = await / 2; const b = await
(1);
module.exports = { a, b };
