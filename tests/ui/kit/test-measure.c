/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-measure.h"

static void
test_believes_a_screen (void)
{
  static const struct {
    int pixels, millimetres, dpi;
  } cases[] = {
      {1920, 508, 96}, {1024, 271, 96}, {1920, 344, 142}, {3840, 597, 163},
      {1920, 0, 0},    {1920, -1, 0},   {1920, 160, 0}, /* 304: it gives the shape, "16:9" */
      {1920, 1600, 0},                                  /* 30: a projector */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint ((int) (dinh_measure_get_dpi (cases[i].pixels, cases[i].millimetres) + 0.5), ==,
                     cases[i].dpi);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kit/measure/believes-a-screen", test_believes_a_screen);
  return g_test_run ();
}
