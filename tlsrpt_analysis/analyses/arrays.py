"""The four kinds of array in which the analyses count, by what they hold."""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
