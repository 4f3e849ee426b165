export const star = async () => 'star';
export const own = async () => 'not this one';
export default async () => 'not through a star';
