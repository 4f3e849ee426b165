'use client';

import { memo } from 'react';

export default memo(() => <i>call</i>);
