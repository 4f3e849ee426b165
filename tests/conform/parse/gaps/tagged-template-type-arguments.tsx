import styled from "styled";
export const Box = styled.div<{ open: boolean }>`
  color: ${({ open }) => (open ? "red" : "blue")};
`;
export const Card = styled(Box)<{ a: Array<string>; b?: () => void }>`
  margin: 0;
`;
