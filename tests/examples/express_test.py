"""examples/express, before and after."""

import unittest

from order_intake import AfterTest, BeforeTest
from servers import Express


class Before(BeforeTest):
    example = Express


class After(AfterTest):
    example = Express


# They are not for an example of their own.
del BeforeTest, AfterTest

if __name__ == "__main__":
    unittest.main()
