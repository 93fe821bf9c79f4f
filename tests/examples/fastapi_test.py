"""examples/fastapi, before and after."""

import unittest

from order_intake import AfterTest, BeforeTest
from servers import FastApi


class Before(BeforeTest):
    example = FastApi


class After(AfterTest):
    example = FastApi


# They are not for an example of their own.
del BeforeTest, AfterTest

if __name__ == "__main__":
    unittest.main()
